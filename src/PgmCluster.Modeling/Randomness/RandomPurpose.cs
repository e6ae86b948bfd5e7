namespace PgmCluster.Modeling.Randomness;

/// <summary>What random numbers are for. The numbers are part of the run format and never change.</summary>
public enum RandomPurpose
{
    /// <summary>Initial weights; a = index in the state dict.</summary>
    Weights = 1,

    /// <summary>Order of the data; a = epoch.</summary>
    DataOrder = 2,

    /// <summary>Label drop, partition and dropout of a micro-batch; a = step, b = micro-batch.</summary>
    MicroBatch = 3,

    /// <summary>Restarts of unused codes; a = step.</summary>
    CodeRestart = 4,

    /// <summary>A sampler's draws; a = chunk or batch.</summary>
    Sampling = 5,

    /// <summary>Seeds of chunks; a = chunk.</summary>
    Chunk = 6,

    /// <summary>Augmentation of a micro-batch; a = step, b = micro-batch.</summary>
    Augmentation = 7,

    /// <summary>Masks and partitions of a validation; a = batch. The same in every validation of a run.</summary>
    Validation = 8,

    /// <summary>Samples shown during training. The same in all of a run's.</summary>
    Preview = 9,

    /// <summary>Which examples are held out for validation; a = example.</summary>
    HeldOut = 10,

    /// <summary>Which images a likelihood is computed of, and how their orders are rolled; a = image, b = 0 and 1.</summary>
    Likelihood = 11,
}
