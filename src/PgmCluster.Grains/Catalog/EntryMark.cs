namespace PgmCluster.Grains.Catalog;

/// <summary>What becomes of an entry once its job has ended.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum EntryMark
{
    /// <summary>What the rules of retention say.</summary>
    ByRules = 0,

    /// <summary>It stays whatever they say.</summary>
    Kept = 1,

    /// <summary>Its deletion was begun: nobody finds it any more.</summary>
    Deleting = 2,
}
