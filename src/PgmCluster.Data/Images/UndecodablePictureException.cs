namespace PgmCluster.Data.Images;

/// <summary>
/// A picture's bytes are no picture that can be decoded. A function of the bytes alone: whoever tries, wherever, is told the same.
/// </summary>
public sealed class UndecodablePictureException : BadInputException
{
    /// <param name="name">Names the picture.</param>
    /// <param name="reason">What was found, a clause.</param>
    /// <param name="advice">What to do, a sentence.</param>
    public UndecodablePictureException(string name, string reason, string advice)
        : base($"Decoding the picture {name}: {reason}. {advice}") => Reason = reason;

    /// <summary>What was found, a clause.</summary>
    public string Reason { get; }
}
