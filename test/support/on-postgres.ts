// Which engine does this test file run on? This one is loaded before the entities where it is PostgreSQL.
process.env.DATABASE_URL = process.env.CANBO_TEST_SERVER;
