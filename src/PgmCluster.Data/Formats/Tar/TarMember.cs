namespace PgmCluster.Data.Formats.Tar;

/// <summary>One member of a tar archive.</summary>
/// <param name="Name">As written there; bytes that are not UTF-8 appear as <c>\xNN</c>.</param>
/// <param name="Kind">Whether it is a file with content of its own.</param>
/// <param name="Offset">Its content's first byte, counted in the unpacked archive.</param>
/// <param name="Length">Bytes of content.</param>
internal readonly record struct TarMember(string Name, TarMemberKind Kind, long Offset, long Length);
