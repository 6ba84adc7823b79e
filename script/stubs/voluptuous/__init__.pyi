# What `import voluptuous as vol` is to mypy: Home Assistant serves that name by probatio.
from probatio import *
