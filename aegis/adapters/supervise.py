"""Starts the supervisor from its compiled form: run as a script, it would be compiled anew for each agent.

Run as `python -I -S supervise.py RUN_DIR`. This folder comes last in the search, so it hides nothing of the library.
"""

import importlib
import sys
from os.path import dirname

if __name__ == "__main__":
    sys.path.append(dirname(__file__))  # noqa: PTH120 - pathlib takes a tenth of the supervisor's whole start
    importlib.import_module("supervisor").main()
