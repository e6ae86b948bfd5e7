namespace PgmCluster.Cli.Lineages;

/// <summary>
/// Where the things of a lineage stand in a picture: a column for each distance from the root, which is on the right. A line that passes a
/// column has a place of its own there, so that it goes between the boxes and not behind them.
/// </summary>
internal sealed class LineageLayout
{
    public const int Width = 250, Height = 66;

    private const int ColumnGap = 110, RowGap = 26, Lane = 20, Margin = 24;

    private readonly Dictionary<string, Place> _nodes = [];
    private readonly Dictionary<(string From, string To), List<Place>> _lines = [];

    public LineageLayout(LineageGraph lineage)
    {
        var depths = lineage.Depths();
        var columns = Enumerable.Range(0, depths.Values.Max() + 1).Select(_ => new List<Place>()).ToArray();
        foreach (var node in lineage.Nodes)
        {
            _nodes[node.Id] = new Place(Height);
            columns[depths[node.Id]].Add(_nodes[node.Id]);
        }
        foreach (var node in lineage.Nodes)
        {
            foreach (var source in node.From.Select(e => e.Node).Distinct())
            {
                var (line, before) = (new List<Place>(), _nodes[node.Id]);
                for (var depth = depths[node.Id] + 1; depth < depths[source]; depth++)
                {
                    var lane = new Place(Lane);
                    lane.Towards.Add(before);
                    columns[depth].Add(lane);
                    line.Insert(0, before = lane);
                }
                if (depths[source] > depths[node.Id]) _nodes[source].Towards.Add(before);
                _lines[(source, node.Id)] = line;
            }
        }
        for (var depth = 0; depth < columns.Length; depth++)
            Stack(columns[depth], (columns.Length - 1 - depth) * (Width + ColumnGap) + Margin);
        var all = columns.SelectMany(c => c).ToList();
        var top = all.Min(p => p.Y);
        foreach (var place in all) place.Y += Margin - top;
        PictureWidth = all.Max(p => p.X) + Width + Margin;
        PictureHeight = all.Max(p => p.Y + p.Size) + Margin;
    }

    public int PictureWidth { get; }

    public int PictureHeight { get; }

    /// <summary>The upper left corner of a thing's box.</summary>
    public (int X, int Y) this[string node] => (_nodes[node].X, _nodes[node].Y);

    /// <summary>Where a line passes the columns between its ends, from left to right: where it enters each, and at which height.</summary>
    public IEnumerable<(int X, int Y)> Passing(string from, string to) => _lines[(from, to)].Select(p => (p.X, p.Y + (p.Size / 2)));

    /// <summary>Near what they lead to, one below the other, around the middle.</summary>
    private static void Stack(List<Place> column, int x)
    {
        var ordered = column.OrderBy(p => p.Towards.Count == 0 ? 0 : p.Towards.Average(t => t.Y + (t.Size / 2.0))).ToList();
        var y = -(ordered.Sum(p => p.Size + RowGap) - RowGap) / 2;
        foreach (var place in ordered)
        {
            (place.X, place.Y) = (x, y);
            y += place.Size + RowGap;
        }
    }

    private sealed class Place(int size)
    {
        public int Size => size;

        public int X { get; set; }

        public int Y { get; set; }

        /// <summary>What its lines lead to, in the column to the right.</summary>
        public List<Place> Towards { get; } = [];
    }
}
