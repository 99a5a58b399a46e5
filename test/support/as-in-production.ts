// How do the libraries run here? As they do in production: graphql-js, for one, checks each type at length elsewhere.
process.env.NODE_ENV = 'production';
