"""What people see on a terminal. Everything that comes from outside passes through here on its way there."""
