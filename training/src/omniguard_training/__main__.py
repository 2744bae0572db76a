"""`python -m omniguard_training`."""

import sys

from omniguard_training.cli import main

sys.exit(main())
