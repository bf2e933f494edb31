using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Adam and AdamW: means of gradients and of their squares, both freed of their start at zero.</summary>
internal sealed class Adam(AdamSettings settings) : Optimizer(settings.WeightDecay)
{
    private const double Epsilon = 1e-8;

    protected override void Step(LearnedTensor tensor, Tensor gradient, double rate, double decay)
    {
        Tensor g = gradient;
        if (decay > 0 && settings.IsDecoupled)
        {
            using Scalar kept = Scalars.Passing(1 - (rate * decay));
            tensor.Parameter.mul_(kept);
        }
        else if (decay > 0)
        {
            g = gradient.add(tensor.Parameter, Scalars.Of(decay));
        }

        Tensor mean = Kept(tensor, "mean");
        Tensor square = Kept(tensor, "square");
        mean.mul_(Scalars.Of(settings.Beta1)).add_(g, Scalars.Of(1 - settings.Beta1));
        square.mul_(Scalars.Of(settings.Beta2)).addcmul_(g, g, Scalars.Of(1 - settings.Beta2));
        double first = 1 - Math.Pow(settings.Beta1, Steps);
        double second = 1 - Math.Pow(settings.Beta2, Steps);
        using Scalar deviation = Scalars.Passing(Math.Sqrt(second));
        using Scalar length = Scalars.Passing(-rate / first);
        Tensor divisor = square.sqrt().div_(deviation).add_(Scalars.Of(Epsilon), Scalars.Of(1));
        tensor.Parameter.addcdiv_(mean, divisor, length);
    }
}
