"""What a center's own systems show and report beside hard calls: the roster on an intranet, a critical incident."""
