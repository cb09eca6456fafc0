"""The API `/api/v1/`: what connected systems read and write, with the permissions and the rules of the pages."""
