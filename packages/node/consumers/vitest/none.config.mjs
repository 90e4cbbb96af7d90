// Without the program for all workers: each has its own.
export default {}
