"""What the services must spell alike: names, frames, codes, reasons."""
