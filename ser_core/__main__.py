"""``python -m ser_core``."""

import sys

from ser_core.cli import main

sys.exit(main())
