namespace PgmCluster.Data;

/// <summary>
/// How much memory a file may ask for, by all it describes together: the objects of a pickle or a header, and the contents of its tensors.
/// Every allocation that follows from the file is charged before it is made, so a small file cannot describe a large heap.
/// </summary>
internal sealed class ReadBudget(long fileLength)
{
    /// <summary>Below the 64 MB that are promised: the runtime's own objects and buffers need some as well.</summary>
    private const long Margin = 48L << 20;

    private long _left = checked(2 * fileLength + Margin);

    /// <summary>Takes bytes off.</summary>
    /// <exception cref="FormatException">They are more than is left.</exception>
    public void Charge(Int128 bytes)
    {
        if (bytes > _left)
            throw new FormatException($"what it describes takes more memory than twice its {fileLength} bytes and {Margin >> 20} MB");
        _left -= (long)bytes;
    }
}
