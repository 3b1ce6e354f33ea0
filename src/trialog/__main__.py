"""Run the command line as ``python -m trialog``."""

from trialog.cli.app import main

if __name__ == "__main__":
    main()
