using System.Globalization;
using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>How many silos are away at once while all are replaced, or nodes are emptied.</summary>
public sealed class ReplacementTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void DisruptionBudgets_CoverEverySilo_AndLetAShareOfTheNodesBeDrained(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var budgets = rendered.All<V1PodDisruptionBudget>().ToList();

        Assert.All(budgets, budget => Assert.Contains(rendered.Workloads, w => budget.Spec.Selector.Matches(w.Labels)));
        foreach (var silo in rendered.Silos)
        {
            var budget = Assert.Single(budgets, b => b.Spec.Selector.Matches(silo.Labels));
            Assert.Null(budget.Spec.MinAvailable);
            // Budgets are rounded up: with few silos one may go, so that a drain never stands still.
            var share = Share(budget.Spec.MaxUnavailable);
            Assert.Equal(1, Math.Ceiling(2 * share));
            Assert.InRange(share, 0.05, 0.25);
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Workers_AreReplacedByAShareOfThem_WithoutASparePod(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var workers = rendered.Silos.Where(s => rendered.Environment(s)["PGM_DEVICES"] != "none").ToList();

        Assert.NotEmpty(workers);
        foreach (var worker in workers)
        {
            Assert.Equal("0", worker.Strategy!.RollingUpdate.MaxSurge.Value);
            var share = Share(worker.Strategy.RollingUpdate.MaxUnavailable);
            // 125 of them: in at most 20 rounds.
            Assert.InRange(Math.Ceiling(125 / Math.Floor(125 * share)), 4, 20);
            var budget = Assert.Single(rendered.All<V1PodDisruptionBudget>(), b => b.Spec.Selector.Matches(worker.Labels));
            Assert.Equal(share, Share(budget.Spec.MaxUnavailable));
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void ControlSilos_AreReplacedWithTheNewOneReadyFirst(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        var control = Assert.Single(rendered.Silos, s => rendered.Environment(s)["PGM_DEVICES"] == "none");

        Assert.Equal("0", control.Strategy!.RollingUpdate.MaxUnavailable.Value);
        Assert.InRange(Share(control.Strategy.RollingUpdate.MaxSurge), 0.05, 0.5);
    }

    private static double Share(IntOrString value)
    {
        Assert.EndsWith("%", value.Value);
        return double.Parse(value.Value[..^1], CultureInfo.InvariantCulture) / 100;
    }
}
