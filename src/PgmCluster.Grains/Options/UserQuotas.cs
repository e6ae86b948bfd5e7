using System.Globalization;

namespace PgmCluster.Grains.Options;

/// <summary>
/// What users may have at once. Who a user is says the request (<see cref="Contracts.Jobs.Scheduling.User"/>): nobody proves it, so this
/// divides a cluster among people who mean well. The same in all silos of a cluster.
/// </summary>
public sealed class UserQuotas
{
    private const string Everybody = "*";

    private const string Form = "write NAME devices=N jobs=N bytes=N, with * for whoever is not named, and ; between users; bytes may end in "
        + "K, M, G or T";

    private readonly IReadOnlyDictionary<string, UserQuota> _quotas;

    private UserQuotas(IReadOnlyDictionary<string, UserQuota> quotas) => _quotas = quotas;

    /// <summary>Everybody may have all there is.</summary>
    public static UserQuotas None { get; } = new(new Dictionary<string, UserQuota>());

    /// <summary>A user's own, else that of <c>*</c>, which each user has alone; those who give no name share one.</summary>
    public UserQuota Of(string user) =>
        _quotas.GetValueOrDefault(user) ?? _quotas.GetValueOrDefault(Everybody) ?? UserQuota.Unlimited;

    /// <summary>Whether anybody's bytes are limited.</summary>
    public bool LimitBytes => _quotas.Values.Any(q => q.Bytes is not null);

    /// <summary>Reads <c>ann devices=2 jobs=10 bytes=500G; * devices=4</c>.</summary>
    /// <param name="text">Empty for none.</param>
    /// <param name="problems">What is wrong with it, one sentence each; none where nothing is.</param>
    public static UserQuotas Parse(string text, out IReadOnlyList<string> problems)
    {
        var (found, quotas) = (new List<string>(), new Dictionary<string, UserQuota>());
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var quota = UserQuota.Unlimited;
            foreach (var word in words.Skip(1))
            {
                var (name, value) = (word.Split('=')[0], word[(word.IndexOf('=') + 1)..]);
                if (With(quota, name, value) is { } changed) quota = changed;
                else found.Add($"Pgm:Quotas has '{word}' for {words[0]}: {Form}");
            }
            if (words.Skip(1).GroupBy(w => w.Split('=')[0]).FirstOrDefault(g => g.Count() > 1) is { } twice)
                found.Add($"Pgm:Quotas has {twice.Key} twice for {words[0]}: {Form}");
            if (words[0].Contains('=', StringComparison.Ordinal) || words.Length == 1) found.Add($"Pgm:Quotas has '{part}': {Form}");
            else if (!quotas.TryAdd(words[0], quota)) found.Add($"Pgm:Quotas names {words[0]} twice: {Form}");
        }
        problems = found;
        return found.Count == 0 ? new UserQuotas(quotas) : None;
    }

    /// <summary>The quota with one thing more; null where there is no such thing, or it is no number.</summary>
    private static UserQuota? With(UserQuota quota, string name, string value)
    {
        if (name == "bytes") return BytesOf(value) is { } bytes ? quota with { Bytes = bytes } : null;
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        return name switch
        {
            "devices" => quota with { Devices = number },
            "jobs" => quota with { Jobs = number },
            _ => null,
        };
    }

    /// <summary>Thousands, as disks are sold and <c>pgm</c> shows them.</summary>
    private static long? BytesOf(string value)
    {
        var power = value.Length > 0 ? "KMGT".IndexOf(value[^1], StringComparison.Ordinal) + 1 : 0;
        var digits = power > 0 ? value[..^1] : value;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var unit = (long)Math.Pow(1000, power);
        return number <= long.MaxValue / unit ? number * unit : null;
    }
}
