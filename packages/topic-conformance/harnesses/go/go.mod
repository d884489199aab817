module example.com/topic-harness

go 1.21
