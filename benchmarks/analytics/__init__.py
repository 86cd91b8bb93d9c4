"""Reports over a year of tickets."""
