using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Gradient descent with momentum: v ← momentum · v + g, w ← w − rate · v.</summary>
internal sealed class Sgd(SgdSettings settings) : Optimizer(settings.WeightDecay)
{
    protected override void Step(LearnedTensor tensor, Tensor gradient, double rate, double decay)
    {
        Tensor g = decay > 0 ? gradient.add(tensor.Parameter, Scalars.Of(decay)) : gradient;
        if (settings.Momentum > 0)
        {
            Tensor velocity = Kept(tensor, "velocity");
            velocity.mul_(Scalars.Of(settings.Momentum)).add_(g, Scalars.Of(1));
            g = settings.Nesterov ? g.add(velocity, Scalars.Of(settings.Momentum)) : velocity;
        }

        using Scalar length = Scalars.Passing(-rate);
        tensor.Parameter.add_(g, length);
    }
}
