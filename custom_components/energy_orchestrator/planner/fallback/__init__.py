"""What a site does without a programme, slot by slot, within every limit.

By the rules (`day`): the owner's default policies. Miners by priority start at 60 % stored, hold between 40 and 60 %, stop
below 40 %, and need 500 W more than they draw. The battery stores surplus and covers the house. Below 20 % it charges from
any source; below 40 % it charges toward 60 % when the grid is cheap and the house would pay more later. Nothing is bought
to be mined at a loss. A device's own start and stop levels take the place of the defaults. It is the plan when no other can
be made.

Left alone (`left_alone`): an inverter in self-consumption and miners on surplus, what savings are measured against.
"""

from .day import idle, rule_based
from .left_alone import left_alone

__all__ = ["idle", "left_alone", "rule_based"]
