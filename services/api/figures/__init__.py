"""What is published of a region's program: the same table for every viewer."""
