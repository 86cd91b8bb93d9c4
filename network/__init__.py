"""How servers of others are reached: addresses, certificates, proxies, and their errors in words."""
