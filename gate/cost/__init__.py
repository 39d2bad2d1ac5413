"""What opening a panel costs the database: statements run and rows read, on the base and on the change."""
