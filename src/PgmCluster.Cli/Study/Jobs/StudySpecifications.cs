using System.Globalization;
using System.Text.Json;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>What the plan's presets with their overrides come to, before anything is trained.</summary>
internal static class StudySpecifications
{
    /// <summary>Share by which the numbers of parameters of compared models may differ.</summary>
    public const double Tolerance = 0.01;

    /// <param name="plan">The plan.</param>
    /// <param name="grid">The codes that are trained on.</param>
    /// <param name="model">One of the plan's.</param>
    /// <param name="set">Further overrides.</param>
    /// <exception cref="Data.BadInputException">An override is unknown or its value not allowed.</exception>
    public static TrainingSpecification Of(
        StudyPlan plan, StudyGrid grid, StudyModel model, IReadOnlyDictionary<string, string> set)
    {
        var facts = new DataFacts
        {
            Classes = 10,
            Codebook = grid.Codebook,
            Height = grid.Side,
            Width = grid.Side,
            ImageSize = plan.ImageSize,
        };
        return Resolve(model.Preset, StudyOverrides.Join(plan.Training, model.Set, set), facts);
    }

    /// <summary>Of a network that is trained on pictures.</summary>
    public static TrainingSpecification OfPictures(string preset, IReadOnlyDictionary<string, string> set) =>
        Resolve(preset, set, new DataFacts { Classes = 10 });

    /// <summary>What decides the outcome, whatever device computes it: another preset under the same name is another training.</summary>
    public static string Text(TrainingSpecification s) =>
        JsonSerializer.Serialize(new { s.Kind, s.Preset, s.Data, s.Model, s.Training, s.Orders });

    public static long Parameters(TrainingSpecification specification) => MemoryEstimate.Of(specification).Parameters;

    /// <summary>Refuses a plan whose models are not of one size: better pictures of a larger model would show nothing.</summary>
    /// <exception cref="UsageException">They differ by more than <see cref="Tolerance"/>.</exception>
    public static void RequireOneSize(StudyPlan plan)
    {
        Require(plan.Models.Select(m => (m.Name, Of(plan, plan.Grid, m, StudyOverrides.None))), "");
        Require(
            plan.Models.Select(m => (m.Name, Of(plan, plan.Length.Grid, m, plan.Length.Overrides(m.Name)))),
            string.Create(CultureInfo.InvariantCulture, $" at {plan.Length.Grid.Side}x{plan.Length.Grid.Side} codes"));

        void Require(IEnumerable<(string Name, TrainingSpecification Specification)> models, string where)
        {
            var sizes = models.Select(m => (m.Name, Size: Parameters(m.Specification))).ToList();
            if (sizes.Max(s => s.Size) - sizes.Min(s => s.Size) <= Tolerance * sizes.Min(s => s.Size)) return;
            var listed = string.Join(
                ", ", sizes.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} has {s.Size:N0}")));
            throw new UsageException(
                $"Comparing models of study '{plan.Preset}'{where}: their parameters differ by more than 1 %: {listed}. "
                + "Choose other widths or blocks in the plan.");
        }
    }

    private static TrainingSpecification Resolve(string preset, IReadOnlyDictionary<string, string> set, DataFacts facts) =>
        SpecificationJson.Parse(new SpecificationResolver().Resolve(preset, set, 0, facts).Json);
}
