/** Loaded into a child (`node --import`) that must not outlive the measurement that started it, however that ends. */
process.on('disconnect', () => process.exit(1));
