"""What `import sing_core` offers: the method in a few functions of arrays and networks."""
