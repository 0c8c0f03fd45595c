//! What reynolds costs. Each bench target measures the library and a baseline in the same run on the same machine, and
//! prints rate, baseline and ratio; figures of two runs on two machines say little.
