namespace ModelBuild.Training;

/// <summary>The optimizers.</summary>
public static class Optimizers
{
    /// <summary>Stochastic gradient descent.</summary>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="momentum">What part of the last step is taken again: 0 to below 1.</param>
    /// <param name="weightDecay">Added to the gradient, times the weight.</param>
    /// <param name="nesterov">Whether the gradient is looked at where the momentum leads.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static OptimizerSettings Sgd(double learningRate, double momentum = 0.9, double weightDecay = 0, bool nesterov = false)
    {
        Check(learningRate, weightDecay);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(momentum, 1);
        return new SgdSettings(learningRate, momentum, nesterov) { WeightDecay = weightDecay };
    }

    /// <summary>Adam, with the decay of weights as a part of the gradient.</summary>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="beta1">Of the mean of gradients: 0 to below 1.</param>
    /// <param name="beta2">Of the mean of their squares: 0 to below 1.</param>
    /// <param name="weightDecay">Added to the gradient, times the weight.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static OptimizerSettings Adam(double learningRate, double beta1 = 0.9, double beta2 = 0.999, double weightDecay = 0) =>
        Adam(learningRate, beta1, beta2, weightDecay, isDecoupled: false);

    /// <summary>Adam with decoupled decay of weights.</summary>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="beta1">Of the mean of gradients: 0 to below 1.</param>
    /// <param name="beta2">Of the mean of their squares: 0 to below 1.</param>
    /// <param name="weightDecay">Taken off the weight, times weight and learning rate.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static OptimizerSettings AdamW(double learningRate, double beta1 = 0.9, double beta2 = 0.999, double weightDecay = 0.01) =>
        Adam(learningRate, beta1, beta2, weightDecay, isDecoupled: true);

    private static AdamSettings Adam(double learningRate, double beta1, double beta2, double weightDecay, bool isDecoupled)
    {
        Check(learningRate, weightDecay);
        ArgumentOutOfRangeException.ThrowIfNegative(beta1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(beta1, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(beta2);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(beta2, 1);
        return new AdamSettings(learningRate, beta1, beta2, isDecoupled) { WeightDecay = weightDecay };
    }

    private static void Check(double learningRate, double weightDecay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(learningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(weightDecay);
    }
}
