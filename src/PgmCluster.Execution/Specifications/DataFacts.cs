namespace PgmCluster.Execution.Specifications;

/// <summary>What a specification takes over from the data it is for, unless it says otherwise itself.</summary>
public sealed record DataFacts
{
    /// <summary>Classes of the dataset.</summary>
    public int Classes { get; init; }

    /// <summary>Entries of the tokenizer's codebook; 0 where there are no tokens.</summary>
    public int Codebook { get; init; }

    /// <summary>Rows and columns of the code grid; 0 where there are no tokens.</summary>
    public int Height { get; init; }

    public int Width { get; init; }

    /// <summary>Side in pixels of the images that the tokens are of; 0 where that is not known, or there are no tokens.</summary>
    public int ImageSize { get; init; }

    /// <summary>
    /// Model of the devices that are to compute it (<see cref="Devices.ComputeDevice.Model"/>); null for this machine's CPU.
    /// </summary>
    public string? DeviceModel { get; init; }

    /// <summary>
    /// Instructions of those devices for products of bfloat16 (<see cref="Devices.ComputeDevice.BFloat16"/>); null for this machine's
    /// CPU's.
    /// </summary>
    public string? DeviceBFloat16 { get; init; }
}
