"""Tables in the forms that trials exchange: one small typed `Table`, and a reader and a writer for each form."""
