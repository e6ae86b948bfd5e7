namespace PgmCluster.Api.Resources;

/// <summary>A dataset in a list.</summary>
/// <param name="Name">By which jobs call it.</param>
/// <param name="Summary">One line: how many images, of what.</param>
/// <param name="CreatedAt">When the name was first taken; UTC.</param>
internal sealed record DatasetLine(string Name, string Summary, DateTimeOffset CreatedAt);

/// <summary>Some datasets, those registered last first.</summary>
/// <param name="Datasets">The datasets.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null where there is none.</param>
internal sealed record DatasetPage(IReadOnlyList<DatasetLine> Datasets, string? Next);
