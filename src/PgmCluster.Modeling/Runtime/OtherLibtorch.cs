namespace PgmCluster.Modeling.Runtime;

/// <summary>What becomes of a libtorch from a directory whose major.minor is another than the one this program was built for.</summary>
public enum OtherLibtorch
{
    /// <summary>It is refused.</summary>
    Refused,

    /// <summary>It is used where <c>pgm doctor</c> of this program has passed with the very same files.</summary>
    Passed,

    /// <summary>It is used, to find out.</summary>
    OnTrial,
}
