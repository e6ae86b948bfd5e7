namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// The public code's schedule: linear warm-up from 0, constant, and over the last tenth a cosine down to a hundredth.
/// </summary>
/// <param name="Base">Learning rate of the constant part.</param>
/// <param name="WarmUp">Steps of the warm-up.</param>
/// <param name="Steps">Steps of the run (the reference's max_iter).</param>
/// <param name="DecayShare">Share of the steps at the end that decay. The public code has 0.1.</param>
public sealed record LearningRateSchedule(double Base, int WarmUp, long Steps, double DecayShare = 0.1)
{
    /// <summary>Rate of a step, counted from 0. The very first is 0 where there is a warm-up: it is part of the schedule.</summary>
    public double At(long step)
    {
        if (step < WarmUp) return Base * step / WarmUp;
        var decay = DecayShare * Steps;
        if (decay <= 0 || step <= Steps - decay) return Base;
        var t = (step - (Steps - decay)) / decay;
        return Math.Max(0.5 * Base * (1 + Math.Cos(Math.PI * t)), 0.01 * Base);
    }
}
