namespace PgmCluster.Cli.Study.Pages;

/// <summary>Places for the labels of points, so that no label lies on another one or on a point.</summary>
/// <param name="points">In pixels.</param>
internal sealed class LabelPlaces(IEnumerable<(double X, double Y)> points)
{
    private const double CharacterWidth = 7, Height = 12, PointRadius = 5;

    private readonly List<(double Left, double Top, double Right, double Bottom)> _taken =
        [.. points.Select(p => (p.X - PointRadius, p.Y - PointRadius, p.X + PointRadius, p.Y + PointRadius))];

    /// <summary>
    /// The first place that is free: above the point, below it, at its sides, then farther away; above it where none is. The middle of the
    /// text's baseline, in pixels.
    /// </summary>
    public (double X, double Y) Place(double x, double y, string label)
    {
        var width = label.Length * CharacterWidth;
        var aside = PointRadius + 3 + (width / 2);
        (double X, double Y)[] places =
            [(x, y - 9), (x, y + 19), (x + aside, y + 4), (x - aside, y + 4), (x, y - 23), (x, y + 33)];
        var place = places.FirstOrDefault(p => !_taken.Any(t => Meets(t, Box(p))), places[0]);
        _taken.Add(Box(place));
        return place;

        (double Left, double Top, double Right, double Bottom) Box((double X, double Y) at) =>
            (at.X - (width / 2), at.Y - Height + 2, at.X + (width / 2), at.Y + 2);
    }

    private static bool Meets(
        (double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) =>
        a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
