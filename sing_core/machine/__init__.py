"""What the machine has: threads, memory, a device."""
