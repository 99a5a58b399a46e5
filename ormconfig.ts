// The data source of TypeORM's own command line: npx typeorm migration:show -d dist/ormconfig.js
import { DataSource } from 'typeorm';
import { databaseLocation } from './src/config/database-location';
import { dataSourceOptions } from './src/data-source';

export default new DataSource(dataSourceOptions(databaseLocation(process.env)));
