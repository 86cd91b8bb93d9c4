"""What can be typed: the options and the help of each command.

What a command does is in `ticketstream.actions`, which a command imports when it runs: so `--help` starts at once.
"""
