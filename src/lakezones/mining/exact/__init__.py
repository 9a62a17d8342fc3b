"""The basic role mining problem: fewest roles that give precisely the present access, and a proof of it."""
