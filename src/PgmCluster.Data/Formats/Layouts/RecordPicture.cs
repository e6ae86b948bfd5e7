namespace PgmCluster.Data.Formats.Layouts;

/// <summary>A picture within a record of fixed length.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Label">As written; null where it has none.</param>
/// <param name="Offset">Of its pixels within the record.</param>
/// <param name="Length">Of its pixels.</param>
internal readonly record struct RecordPicture(string Key, string? Label, int Offset, int Length);
