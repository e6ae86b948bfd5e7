namespace PgmCluster.Data.Formats.Tar;

/// <summary>What a member of a tar archive is.</summary>
internal enum TarMemberKind
{
    File,
    Directory,

    /// <summary>A link to another member, or to a path.</summary>
    Link,

    /// <summary>A file whose runs of zeros are left out.</summary>
    Sparse,

    /// <summary>A device, a pipe, or a kind that is not known.</summary>
    Other,
}
