using System.Globalization;
using System.Text;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Silo.Storage.Catalog;

/// <summary>
/// Pages by key: a page begins behind the last entry of the one before, found by index, so that the thousandth costs what the first does.
/// </summary>
internal static class CatalogPages
{
    /// <param name="select">The query as far as the catalog it is about.</param>
    /// <param name="query">What is asked for; one more is read, which tells whether there is another page.</param>
    /// <exception cref="InvalidRequestException">The limit or the place cannot be.</exception>
    public static (string Sql, (string, object)[] Parameters) Select(string select, CatalogQuery query)
    {
        if (query.Limit is < 1 or > CatalogQuery.MostOfAPage)
            throw new InvalidRequestException(
                $"Reading the catalog: a page of {query.Limit} was asked for. Ask for 1 to {CatalogQuery.MostOfAPage}.");
        var sql = new StringBuilder(select);
        var parameters = new List<(string, object)> { ("@Limit", query.Limit + 1) };
        if (query.Kind is { } kind)
        {
            sql.Append(" AND Kind = @Kind");
            parameters.Add(("@Kind", (int)kind));
        }
        if (query.Phase is { } phase)
        {
            sql.Append(" AND AtRest = 1 AND (Phase = @Phase OR Phase = -1)");
            parameters.Add(("@Phase", (int)phase));
        }
        if (query.AtRest is { } atRest) sql.Append(atRest ? " AND AtRest = 1" : " AND AtRest = 0");
        if (query.Kept is { } kept) sql.Append(kept ? " AND Retention = 1" : " AND Retention <> 1");
        foreach (var (index, label) in (query.Labels ?? new Dictionary<string, string>()).Index())
        {
            // Exact in every database, other than LIKE, and of labelled jobs there is an index.
            sql.Append(CultureInfo.InvariantCulture, $" AND Labels IS NOT NULL AND REPLACE(Labels, @Label{index}, '') <> Labels");
            parameters.Add(($"@Label{index}", LabelColumn.Line(label)));
        }
        if (query.ChangedBefore is { } before)
        {
            // What was written last before a time was created before it, give or take two clocks: there is an index of that alone.
            // Of one that has no time nobody knows how old it is.
            sql.Append(" AND ChangedAt > 0 AND ChangedAt < @Before AND CreatedAt < @CreatedBefore");
            parameters.AddRange([("@Before", before.UtcTicks), ("@CreatedBefore", before.UtcTicks + TimeSpan.TicksPerDay)]);
        }
        // Few are not at rest, and these have an index of their own: the sum keeps the database from going through all by their time.
        var time = query.AtRest == false ? "CreatedAt + 0" : "CreatedAt";
        if (query.After is { } after)
        {
            var (ticks, name) = Parse(after);
            sql.Append(CultureInfo.InvariantCulture, $" AND ({time}, Name) < (@Time, @Name)");
            parameters.AddRange([("@Time", ticks), ("@Name", name)]);
        }
        sql.Append(CultureInfo.InvariantCulture, $" ORDER BY {time} DESC, Name DESC LIMIT @Limit");
        return (sql.ToString(), [.. parameters]);
    }

    /// <param name="found">Up to one more than was asked for.</param>
    /// <param name="query">What was asked for.</param>
    public static CatalogPage Of(IReadOnlyList<CatalogEntry> found, CatalogQuery query)
    {
        if (found.Count <= query.Limit) return new CatalogPage(found, null);
        var last = found[query.Limit - 1];
        return new CatalogPage(
            [.. found.Take(query.Limit)], string.Create(CultureInfo.InvariantCulture, $"{last.CreatedAt.UtcTicks}/{last.Name}"));
    }

    private static (long Ticks, string Name) Parse(string after)
    {
        var slash = after.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && long.TryParse(after.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
            return (ticks, after[(slash + 1)..]);
        throw new InvalidRequestException($"Reading the catalog from '{after}' on: that is no place in it. Begin with the first page.");
    }
}
