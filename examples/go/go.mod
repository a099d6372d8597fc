module example.com/pkiform

go 1.24
