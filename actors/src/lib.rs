//! Ready-made producers, stages and consumers for Tidegate.
