package misnamed_test

func Example() {}
