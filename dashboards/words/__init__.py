"""Words: names as they stand, and sentences about results, for pages, report and terminal."""
