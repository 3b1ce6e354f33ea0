"""What one can ask: a module for each use case, called by every face of trialog."""
