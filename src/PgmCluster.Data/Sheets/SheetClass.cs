using PgmCluster.Data.Images;

namespace PgmCluster.Data.Sheets;

/// <summary>A class of a dataset, as its sheet shows it.</summary>
/// <param name="Name">Of the class.</param>
/// <param name="Training">Images to train on; null where that was not recorded.</param>
/// <param name="HeldOut">Images of the validation split; null where that was not recorded.</param>
/// <param name="Pictures">Some of its images, all of one size; none where only the numbers are shown.</param>
public sealed record SheetClass(string Name, int? Training, int? HeldOut, IReadOnlyList<RgbImage> Pictures);
