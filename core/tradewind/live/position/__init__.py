"""What the engine needs of any account: slots, positions, and the stretch of market the kernel looks at."""
