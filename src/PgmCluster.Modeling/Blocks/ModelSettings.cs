namespace PgmCluster.Modeling.Blocks;

/// <summary>The check that a model makes of its settings, before libtorch would refuse a shape in words of its own.</summary>
internal static class ModelSettings
{
    /// <param name="model">The model's name.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="problems">What the settings themselves say is wrong.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="ArgumentException">There are problems; all are named.</exception>
    public static T Checked<T>(string model, T settings, IReadOnlyList<string> problems) => problems.Count == 0
        ? settings
        : throw new ArgumentException($"Making a {model}: {string.Join(" ", problems)} Change the settings.", nameof(settings));
}
