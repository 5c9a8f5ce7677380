"""The shell's toolbox: what every service needs around its pure core."""
