using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>Something to do once, whose outcome is kept.</summary>
/// <param name="Part">The part of the study that first asks for it.</param>
/// <param name="Name">The readable half of its id, as an id may be written.</param>
/// <param name="Settings">All that decides its outcome.</param>
/// <param name="Cost">What it is taken to cost.</param>
/// <param name="Assumed">Stands for the outcome where a study is only counted, and never reaches a report.</param>
/// <param name="Needs">Whose products it works with.</param>
/// <param name="Work">Does it.</param>
/// <typeparam name="T">Its outcome, kept as JSON.</typeparam>
internal sealed record StudyJob<T>(
    string Part, string Name, string Settings, StudyCost Cost, T Assumed, IReadOnlyList<IStudyNeed> Needs,
    Func<StudyWork, Task<T>> Work) : IStudyNeed
    where T : class
{
    /// <summary>The same for the same settings, so that the same command goes on with it.</summary>
    public string Id { get; } =
        $"study-{Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Settings)).AsSpan(0, 4))}";

    public Task MakeAsync(StudyRunner runner) => runner.MakeAsync(this);
}
